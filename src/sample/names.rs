//! Names from many places, and how they turn into e-mail addresses. Knows nothing of patients or doctors.
//!
//! The lists are drawn up for this project from names in common use; no two parts belong to a known person together.
//! They hold what real registers hold and careless code breaks on: diacritics, apostrophes, hyphens, particles, two
//! family names. A list is one text split at `, ` because given names may contain spaces and hyphens.

use std::collections::HashMap;

use super::dice::Dice;
use super::model::Gender;

/// How a family name is put together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FamilyName {
    /// One name.
    Single,
    /// One of each parent, as in Spain and much of Latin America.
    Pair,
}

struct Culture {
    weight: u32,
    /// BCP 47 of the language that some of its patients prefer.
    language: &'static str,
    /// How many of a hundred do.
    keeps_language: usize,
    family_name: FamilyName,
    female: &'static str,
    male: &'static str,
    family: &'static str,
}

const SEPARATOR: &str = ", ";

#[rustfmt::skip]
const CULTURES: [Culture; 22] = [
    Culture { weight: 27, language: "en-US", keeps_language: 100, family_name: FamilyName::Single,
        female: "Abigail, Alice, Amanda, Audrey, Beth, Brenda, Caroline, Charlotte, Deborah, Denise, Eleanor, Ella, \
            Emily, Erin, Faith, Grace, Hannah, Hazel, Imani, Jasmine, Joan, Josephine, Keisha, Laura, Lillian, \
            Mary Ann, Megan, Naomi, Nicole, Olivia, Patricia, Rachel, Ruth, Samantha, Tamika, Violet, Zoe",
        male: "Adam, Albert, Andre, Benjamin, Brandon, Caleb, Calvin, Daniel, Darnell, Dennis, Elijah, Ethan, \
            Franklin, George, Henry, Isaac, Jacob, Jamal, James, Jesse, Joshua, Leonard, Lucas, Marcus, Mason, \
            Nathan, Noah, Oliver, Owen, Peter, Ralph, Samuel, Theodore, Tyrone, Victor, Walter, Wyatt",
        family: "Adams, Atkinson, Baker, Banks, Bennett, Booker, Bradley, Brooks, Carter, Chambers, Coleman, Cooper, \
            Crawford, Dawson, Ellison, Fletcher, Foster, Franklin, Freeman, Gibson, Graham, Hamilton, Harper, Hayes, \
            Holloway, Hughes, Jefferson, Jenkins, Kingsley, Lawson, Marshall, Mitchell, Morgan, Nichols, Palmer, \
            Parker, Porter, Reynolds, Sawyer, Sinclair, Spencer, Turner, Wallace, Washington, Whitaker, Young" },
    Culture { weight: 7, language: "en-IE", keeps_language: 5, family_name: FamilyName::Single,
        female: "Aisling, Aoife, Bríd, Caoimhe, Ciara, Deirdre, Fionnuala, Gráinne, Maeve, Niamh, Orla, Róisín, \
            Sinéad, Siobhán",
        male: "Aidan, Brendan, Cathal, Ciarán, Cormac, Declan, Diarmuid, Eoin, Fergus, Liam, Niall, Oisín, Pádraig, \
            Séamus",
        family: "Byrne, D'Arcy, Doyle, Fitzgerald, Gallagher, Kelleher, MacDonagh, MacLeod, McCarthy, McGrath, Nolan, \
            O'Brien, O'Connor, O'Donnell, O'Hara, O'Malley, O'Neill, O'Sullivan, Quinn, Ó Súilleabháin" },
    Culture { weight: 15, language: "es-US", keeps_language: 45, family_name: FamilyName::Pair,
        female: "Alejandra, Ana Lucía, Belén, Carmen, Catalina, Concepción, Dolores, Esperanza, Gabriela, Inés, \
            Itzel, Lourdes, Luz, María José, María Fernanda, Marisol, Nuria, Pilar, Rocío, Sofía, Valentina, Ximena",
        male: "Alejandro, Andrés, Ángel, César, Diego, Emiliano, Esteban, Héctor, Ignacio, Iván, Javier, Jesús, \
            José Luis, Joaquín, Juan Carlos, Mateo, Óscar, Rafael, Raúl, Sebastián, Tomás, Vicente",
        family: "Acevedo, Álvarez, Benítez, Cárdenas, Castillo, Chávez, de la Cruz, Delgado, Domínguez, Escobar, \
            Fernández, Fuentes, García, Gómez, Guerrero, Gutiérrez, Hernández, Ibáñez, Jiménez, López, Márquez, \
            Mendoza, Montoya, Muñoz, Núñez, Ortega, Peña, Quiñones, Ramírez, Ríos, Rodríguez, Salazar, Solís, Vásquez, \
            Villarreal, Zúñiga" },
    Culture { weight: 5, language: "pt-BR", keeps_language: 45, family_name: FamilyName::Pair,
        female: "Ana Beatriz, Beatriz, Conceição, Fátima, Inês, Larissa, Letícia, Lúcia, Maria João, Mariana, Rita, \
            Vitória",
        male: "Antônio, Bruno, Caio, Eduardo, Flávio, Guilherme, João, João Pedro, Luís, Otávio, Sérgio, Vinícius",
        family: "Almeida, Assunção, Carvalho, Conceição, da Costa, da Silva, dos Santos, Falcão, Gonçalves, \
            Guimarães, Leitão, Magalhães, Moraes, Pereira, Simões, Teixeira" },
    Culture { weight: 5, language: "fr-FR", keeps_language: 25, family_name: FamilyName::Single,
        female: "Adèle, Aimée, Anaïs, Anne-Sophie, Cécile, Chloé, Élodie, Françoise, Geneviève, Hélène, Marie-Claire, \
            Noémie, Océane, Thérèse, Zoé",
        male: "André, Benoît, Étienne, François, Gaël, Jean-Baptiste, Jean-Luc, Jérôme, Léo, Loïc, Mathéo, Noël, \
            Rémi, Théo, Yves",
        family: "Beauchêne, Bélanger, Chrétien, d'Aubigny, de Villiers, Desrosiers, Dubois, Duchêne, Gagné, Geneste, \
            Lefèvre, L'Écuyer, Lévesque, Maréchal, Noël-Martin, Pélissier, Saint-Pierre, Thériault, Vaillancourt" },
    Culture { weight: 2, language: "ht", keeps_language: 55, family_name: FamilyName::Single,
        female: "Esther, Fabiola, Guerda, Islande, Lovelie, Marie-Ange, Mirlande, Nadège, Roseline, Wideline",
        male: "Emmanuel, Frantz, Jean-Robert, Jacquelin, Kervens, Luckner, Pierre-Louis, Ronald, Stanley, Wilner",
        family: "Augustin, Baptiste, Célestin, Désir, Étienne, Jean-Charles, Jean-François, Joseph, Louissaint, \
            Pierre-Louis, Toussaint, Zéphirin" },
    Culture { weight: 5, language: "it-IT", keeps_language: 20, family_name: FamilyName::Single,
        female: "Alessia, Benedetta, Chiara, Concetta, Donatella, Elisabetta, Federica, Giulia, Ilaria, Ludovica, \
            Noemi, Rosalia",
        male: "Alessandro, Carmelo, Dario, Domenico, Enzo, Fabrizio, Gianluca, Giosuè, Luca, Niccolò, Raffaele, \
            Salvatore",
        family: "Amoruso, Bellini, Caruso, D'Agostino, D'Angelo, De Luca, Della Rocca, Di Stefano, Esposito, \
            Fontana, Lo Presti, Marchetti, Nicolò, Pellegrino, Ricciardi, Santangelo, Tedesco" },
    Culture { weight: 4, language: "de-DE", keeps_language: 15, family_name: FamilyName::Single,
        female: "Annegret, Bärbel, Dörte, Friederike, Greta, Hannelore, Käthe, Liesel, Mareike, Sabine, Ulrike, Wiebke",
        male: "Bernd, Detlef, Götz, Hans-Peter, Holger, Jörg, Jürgen, Karl-Heinz, Lukas, Rüdiger, Sönke, Wolfgang",
        family: "Ackermann, Bäcker, Böhm, Dörfler, Fröhlich, Großmann, Hölzl, Jäger, Köhler, Krüger, Lüders, \
            Müller-Brandt, Neuhaus, Schäfer, Schröder, Strauß, Vogel, von Arnsberg, Weiß, zur Linden" },
    Culture { weight: 4, language: "pl-PL", keeps_language: 30, family_name: FamilyName::Single,
        female: "Agnieszka, Bożena, Danuta, Elżbieta, Ewa, Grażyna, Jadwiga, Kasia, Małgorzata, Zofia",
        male: "Bogusław, Czesław, Grzegorz, Jacek, Krzysztof, Łukasz, Mieczysław, Paweł, Tadeusz, Wojciech",
        family: "Bąk, Borowiec, Czajka, Dąbek, Gołąb, Jabłoński, Kołodziej, Łapiński, Mróz, Nowak, Pająk, Sęk, \
            Śliwa, Wójcik, Zając, Żuraw" },
    Culture { weight: 2, language: "cs-CZ", keeps_language: 20, family_name: FamilyName::Single,
        female: "Alžběta, Božena, Eliška, Kateřina, Ludmila, Markéta, Růžena, Tereza, Věra, Zdeňka",
        male: "Bedřich, Jiří, Kryštof, Luboš, Matěj, Ondřej, Řehoř, Štěpán, Tomáš, Zdeněk",
        family: "Beneš, Čermák, Doležal, Fiala, Hájek, Kučera, Křížek, Němec, Pospíšil, Růžička, Šimek, Žák" },
    Culture { weight: 2, language: "sv-SE", keeps_language: 10, family_name: FamilyName::Single,
        female: "Åsa, Astrid, Birgitta, Elin, Freja, Gunnhild, Ingrid, Kjersti, Märta, Solveig, Tuva, Þórdís",
        male: "Anders, Bjørn, Göran, Håkon, Jørgen, Kåre, Lars-Erik, Magnús, Øyvind, Rasmus, Sigurður, Torbjörn",
        family: "Ågren, Bergström, Dahl, Eriksen, Fjeldstad, Hansen, Hökmark, Jónsdóttir, Kjær, Lindqvist, Møller, \
            Nygård, Østergaard, Sæther, Sjöberg, Þórarinsson" },
    Culture { weight: 4, language: "vi", keeps_language: 60, family_name: FamilyName::Single,
        female: "Ánh, Bích Ngọc, Diễm, Hằng, Hương, Lan Anh, Mai, Ngọc, Phương, Thảo, Thu Hà, Yến",
        male: "Bảo, Đức, Dũng, Hải, Hùng, Khánh, Long, Minh, Quang, Sơn, Tuấn, Việt",
        family: "Bùi, Cao, Đặng, Đinh, Đỗ, Dương, Hồ, Huỳnh, Lê, Lý, Ngô, Nguyễn, Phạm, Trần, Trịnh, Vũ" },
    Culture { weight: 5, language: "zh-Hans", keeps_language: 50, family_name: FamilyName::Single,
        female: "Fang, Hui, Jia-Ying, Jing, Li Na, Mei, Qian, Shu-Fen, Wei, Xiaohong, Yan, Zhen",
        male: "Bo, Chao, Guang, Hao, Jian, Jun-Jie, Lei, Ming, Peng, Tao, Wei, Zhiqiang",
        family: "Cai, Chen, Deng, Feng, Guo, Han, Huang, Li, Lin, Lü, Ouyang, Qiu, Sun, Tang, Wang, Wu, Xu, Yang, \
            Zhang, Zhao, Zhou" },
    Culture { weight: 3, language: "ko-KR", keeps_language: 50, family_name: FamilyName::Single,
        female: "Bo-ra, Eun-ji, Hae-won, Hye-jin, Ji-woo, Min-seo, Seo-yeon, So-hee, Soo-ah, Yoon-a",
        male: "Dong-hyun, Geon-woo, Hyun-woo, Jae-ho, Ji-hoon, Jun-seo, Kyung-soo, Min-jun, Sang-woo, Tae-yang",
        family: "Ahn, Bae, Choi, Han, Hwang, Jung, Kang, Kim, Kwon, Lee, Oh, Park, Ryu, Seo, Shin, Yoon" },
    Culture { weight: 2, language: "ja-JP", keeps_language: 35, family_name: FamilyName::Single,
        female: "Akari, Chiyo, Emi, Haruka, Kaori, Michiko, Natsuki, Sakura, Yōko, Yuki",
        male: "Daichi, Haruto, Jun'ichi, Ken'ichi, Kōji, Ryō, Shun, Takeshi, Yūta, Yoshio",
        family: "Aoki, Fujimoto, Hayashi, Inoue, Kōno, Matsuda, Nakagawa, Ōtani, Saitō, Shimizu, Takahashi, Yamaguchi" },
    Culture { weight: 6, language: "hi-IN", keeps_language: 25, family_name: FamilyName::Single,
        female: "Aishwarya, Ananya, Deepa, Fatima, Gurpreet, Ishani, Kavya, Lakshmi, Meera, Nandini, Priya, Shreya, \
            Sunita, Tanvi",
        male: "Aditya, Arjun, Balwinder, Devansh, Ganesh, Harpreet, Imran, Karthik, Manoj, Nikhil, Pranav, Rohan, \
            Suresh, Vikram",
        family: "Ahluwalia, Banerjee, Chandrasekhar, Chatterjee, Dhillon, Ghosh, Iyer, Joshi, Kapoor, Krishnamurthy, \
            Mehta, Nair, Patel, Qureshi, Rao, Reddy, Sandhu, Sharma, Subramanian, Venkatesan" },
    Culture { weight: 4, language: "ar", keeps_language: 50, family_name: FamilyName::Single,
        female: "Amal, Amina, Dalia, Fatimah, Hala, Layla, Maryam, Nour, Rania, Salma, Yasmin, Zaynab",
        male: "Abd al-Rahman, Ahmad, Bilal, Faisal, Hassan, Ibrahim, Karim, Mahmoud, Mustafa, Omar, Tariq, Yusuf",
        family: "Abu Salim, Al-Amin, Al-Farouk, Al-Hashimi, Al-Masri, Ben Youssef, Boutros, El-Khoury, El-Sayed, \
            Haddad, Hamdan, Mansour, Nasser, Rahmani, Shaheen, Zaki" },
    Culture { weight: 3, language: "yo", keeps_language: 15, family_name: FamilyName::Single,
        female: "Adaeze, Amara, Bọ́lá, Chidinma, Efua, Fọlákẹ́, Ifeoma, Ngozi, Títílayọ̀, Yétúndé",
        male: "Adébáyọ̀, Babatunde, Chukwuemeka, Emeka, Ikenna, Káyọ̀dé, Kwabena, Olúṣẹ́gun, Oluwaseun, Táíwò",
        family: "Abiọla, Achebe-Obi, Adéyemí, Afolabi, Balogun, Eze, Mensah, Nwachukwu, Nwosu, Ògúnbánjọ, Okafor, \
            Onyekachi, Owusu-Ansah, Udoh" },
    Culture { weight: 2, language: "tr-TR", keeps_language: 35, family_name: FamilyName::Single,
        female: "Ayşe, Büşra, Çiğdem, Elif, Gülşen, İpek, Özlem, Şule, Tuğba, Zeynep",
        male: "Barış, Çağlar, Emre, Gökhan, İsmail, Kağan, Oğuz, Ömer, Şahin, Yiğit",
        family: "Akın, Aydoğan, Çelik, Demirtaş, Erdoğdu, Güneş, Işık, Kılıç, Özkan, Şimşek, Yıldız, Yücel" },
    Culture { weight: 2, language: "uk-UA", keeps_language: 45, family_name: FamilyName::Single,
        female: "Daryna, Halyna, Iryna, Kateryna, Ksenia, Larysa, Nadiya, Oksana, Olena, Svitlana",
        male: "Andriy, Bohdan, Dmytro, Ihor, Mykola, Oleksandr, Ostap, Serhiy, Taras, Vasyl",
        family: "Bondarenko, Hryhorenko, Kovalenko, Kravets, Lysenko, Marchuk, Oliynyk, Ponomarenko, Shevchuk, \
            Tkachenko, Vovk, Zinchenko" },
    Culture { weight: 2, language: "el-GR", keeps_language: 20, family_name: FamilyName::Single,
        female: "Anastasía, Déspina, Eléni, Iōánna, Kalliópi, Loukía, Níki, Sofía, Theodóra, Zoí",
        male: "Aléxandros, Charálambos, Dimítrios, Elefthérios, Geórgios, Ilías, Kōstas, Níkos, Stávros, Thanásis",
        family: "Antoníou, Drakópoulos, Galanós, Karagiánnis, Lambrákis, Mavromátis, Papadákis, Samarás, Theodórou, \
            Xenákis, Zervós" },
    Culture { weight: 1, language: "haw", keeps_language: 10, family_name: FamilyName::Single,
        female: "Hōkū, Kaʻiulani, Kēhaulani, Leilani, Nālani, Pualani, Sāmoa, Talia",
        male: "Ikaika, Kāwika, Keoni, Koa, Makoa, Noa, Sione, Tavita",
        family: "Faʻalogo, Kaʻawa, Kahananui, Kealoha, Māhoe, Nāhale, Tuiasosopo, Vaʻaelua" },
];

struct Lists {
    female: Vec<&'static str>,
    male: Vec<&'static str>,
    family: Vec<&'static str>,
}

/// The lists, split once.
pub(super) struct NameBook(Vec<Lists>);

/// Which culture a household's names are drawn from.
#[derive(Clone, Copy)]
pub(super) struct Origin(usize);

impl NameBook {
    /// Splits the lists.
    pub(super) fn open() -> Self {
        let split = |list: &'static str| list.split(SEPARATOR).collect();
        let lists = CULTURES.iter().map(|culture| Lists {
            female: split(culture.female),
            male: split(culture.male),
            family: split(culture.family),
        });
        Self(lists.collect())
    }

    /// Draws where a household's names come from.
    pub(super) fn origin(&self, dice: &mut Dice) -> Origin {
        Origin(dice.weighted(CULTURES.iter().map(|culture| culture.weight)))
    }

    /// A given name that goes with `gender`; any when the gender does not say.
    pub(super) fn given(&self, dice: &mut Dice, origin: Origin, gender: Gender) -> &'static str {
        let lists = &self.0[origin.0];
        let list = match gender {
            Gender::Female => &lists.female,
            Gender::Male => &lists.male,
            Gender::Other | Gender::Unknown if dice.chance(50) => &lists.female,
            Gender::Other | Gender::Unknown => &lists.male,
        };
        dice.pick::<&str>(list)
    }

    /// A family name, of two where the culture has two; now and then two are joined by marriage.
    pub(super) fn family(&self, dice: &mut Dice, origin: Origin) -> String {
        let list = &self.0[origin.0].family;
        let first = *dice.pick(list);
        let second = *dice.pick(list);
        let pair = CULTURES[origin.0].family_name == FamilyName::Pair;
        // Only plain names are joined: "de la Cruz-Noël-Martin" would be noise, not a name.
        let plain = |name: &str| !name.contains([' ', '-', '\'']);
        if first == second {
            first.to_owned()
        } else if pair && dice.chance(70) {
            format!("{first} {second}")
        } else if plain(first) && plain(second) && dice.chance(4) {
            format!("{first}-{second}")
        } else {
            first.to_owned()
        }
    }

    /// The language someone of this origin prefers, as BCP 47.
    pub(super) fn language(&self, dice: &mut Dice, origin: Origin) -> &'static str {
        let culture = &CULTURES[origin.0];
        if dice.chance(culture.keeps_language) {
            culture.language
        } else {
            "en-US"
        }
    }

    #[cfg(test)]
    pub(super) fn all(&self) -> impl Iterator<Item = &'static str> {
        self.0
            .iter()
            .flat_map(|lists| [&lists.female, &lists.male, &lists.family])
            .flatten()
            .copied()
    }
}

/// Gives each mailbox out once: the second Ana Lucía García gets a number.
#[derive(Default)]
pub(super) struct Mailboxes(HashMap<String, u32>);

impl Mailboxes {
    /// The address for this name at `domain`.
    pub(super) fn claim(&mut self, given: &str, family: &str, domain: &str) -> String {
        let name = mailbox(given, family);
        let taken = self.0.entry(name.clone()).or_default();
        *taken += 1;
        match *taken {
            1 => format!("{name}@{domain}"),
            more => format!("{name}{more}@{domain}"),
        }
    }
}

/// The part of an e-mail address that a name gives: lower-case ASCII letters and hyphens, nothing else. A library for
/// transliteration would cover all of Unicode; only the letters of the lists above are needed.
fn mailbox(given: &str, family: &str) -> String {
    let mut text = String::with_capacity(given.len() + family.len() + 1);
    fold(given, &mut text);
    text.push('.');
    fold(family, &mut text);
    text
}

fn fold(name: &str, into: &mut String) {
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '-' => into.push(letter),
            'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' | 'ạ' | 'ả' | 'ấ' | 'ầ' | 'ậ'
            | 'ặ' | 'ằ' => {
                into.push('a');
            }
            'ç' | 'č' | 'ć' => into.push('c'),
            'ď' | 'đ' => into.push('d'),
            'é' | 'è' | 'ê' | 'ë' | 'ě' | 'ę' | 'ē' | 'ẹ' | 'ễ' | 'ế' | 'ệ' => {
                into.push('e')
            }
            'ğ' => into.push('g'),
            'í' | 'ì' | 'î' | 'ï' | 'ī' | 'ı' | 'ị' => into.push('i'),
            'ł' => into.push('l'),
            'ñ' | 'ń' | 'ň' => into.push('n'),
            'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' | 'ō' | 'ọ' | 'ồ' | 'ỗ' | 'ơ' => {
                into.push('o')
            }
            'ř' => into.push('r'),
            'š' | 'ś' | 'ş' | 'ṣ' => into.push('s'),
            'ť' => into.push('t'),
            'ú' | 'ù' | 'û' | 'ü' | 'ů' | 'ũ' | 'ū' | 'ư' | 'ứ' => into.push('u'),
            'ý' | 'ỳ' => into.push('y'),
            'ž' | 'ż' | 'ź' => into.push('z'),
            'ß' => into.push_str("ss"),
            'æ' => into.push_str("ae"),
            'þ' => into.push_str("th"),
            'ð' => into.push('d'),
            // Spaces, apostrophes and combining marks have no letter to give.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_of_every_name_reaches_the_mailbox() {
        for name in NameBook::open().all() {
            let silent =
                |letter: &char| " '’ʻ".contains(*letter) || ('\u{300}'..'\u{370}').contains(letter);
            for letter in name
                .chars()
                .flat_map(char::to_lowercase)
                .filter(|letter| !silent(letter))
            {
                let mut text = String::new();
                fold(&letter.to_string(), &mut text);
                assert!(!text.is_empty(), "{letter} of {name} is lost");
                assert!(text.is_ascii());
            }
        }
    }

    #[test]
    fn no_list_has_an_empty_or_untrimmed_name() {
        for name in NameBook::open().all() {
            assert!(!name.is_empty() && name.trim() == name, "{name:?}");
        }
    }

    #[test]
    fn a_name_with_marks_becomes_a_plain_mailbox() {
        assert_eq!(mailbox("Jean-Luc", "L'Écuyer"), "jean-luc.lecuyer");
        assert_eq!(mailbox("Þórdís", "Großmann"), "thordis.grossmann");
        assert_eq!(
            mailbox("María José", "de la Cruz Núñez"),
            "mariajose.delacruznunez"
        );
    }
}
