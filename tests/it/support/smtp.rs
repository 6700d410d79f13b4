//! A mail server of a few words: it takes letters, refuses them, or says nothing at all, as it is told.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

/// What it does with whoever comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It takes letters.
    Takes,
    /// It takes no letter to anybody.
    Refuses,
    /// It lets whoever comes wait.
    Hangs,
    /// It lets whoever comes wait, and then does what it has become.
    Dallies,
    /// It takes letters, and hangs up before it says so.
    Forgets,
}

struct Inside {
    mood: Mood,
    letters: Vec<(String, String)>,
    /// So many have come.
    came: usize,
    /// So many wait for a word.
    waiting: usize,
}

/// The server; it ends with the process.
#[derive(Clone)]
pub struct Smtp {
    address: SocketAddr,
    inside: Arc<(Mutex<Inside>, Condvar)>,
}

impl Smtp {
    /// One that listens.
    pub fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let inside = Inside {
            mood,
            letters: Vec::new(),
            came: 0,
            waiting: 0,
        };
        let smtp = Self {
            address: listener.local_addr().unwrap(),
            inside: Arc::new((Mutex::new(inside), Condvar::new())),
        };
        let here = smtp.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (here, stream) = (here.clone(), stream.unwrap());
                // A client that goes away in the middle ends its own conversation.
                std::thread::spawn(move || drop(here.talk(&stream)));
            }
        });
        smtp
    }

    /// Where it listens, as a setting.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// From now on it does this; whoever hangs is let go without a word.
    pub fn becomes(&self, mood: Mood) {
        self.inside.0.lock().unwrap().mood = mood;
        self.inside.1.notify_all();
    }

    /// The letters to this address, as they came.
    pub fn letters(&self, to: &str) -> Vec<String> {
        let inside = self.inside.0.lock().unwrap();
        let theirs = inside.letters.iter().filter(|(whose, _)| whose == to);
        theirs.map(|(_, letter)| letter.clone()).collect()
    }

    /// So many have come until now, and so many of them wait.
    pub fn came(&self) -> (usize, usize) {
        let inside = self.inside.0.lock().unwrap();
        (inside.came, inside.waiting)
    }

    fn talk(&self, stream: &TcpStream) -> std::io::Result<()> {
        let mood = {
            let mut inside = self.inside.0.lock().unwrap();
            inside.came += 1;
            let first = inside.mood;
            if matches!(first, Mood::Hangs | Mood::Dallies) {
                inside.waiting += 1;
                while inside.mood == first {
                    inside = self.inside.1.wait(inside).unwrap();
                }
                inside.waiting -= 1;
            }
            if first == Mood::Hangs {
                return Ok(());
            }
            inside.mood
        };
        let (mut reader, mut writer) = (BufReader::new(stream), stream);
        writer.write_all(b"220 post.test ESMTP\r\n")?;
        let (mut to, mut line) = (String::new(), String::new());
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let word = line.trim_end().to_owned();
            let verb = word.split(' ').next().unwrap_or_default().to_uppercase();
            let answer = match verb.as_str() {
                "EHLO" => "250-post.test\r\n250 8BITMIME",
                "RCPT" if mood == Mood::Refuses => "550 5.1.1 nobody of this name here",
                "RCPT" => {
                    to = word.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    "250 OK"
                }
                "DATA" => {
                    writer.write_all(b"354 go on\r\n")?;
                    let mut letter = String::new();
                    while !letter.ends_with("\r\n.\r\n") {
                        reader.read_line(&mut letter)?;
                    }
                    let mut inside = self.inside.0.lock().unwrap();
                    inside.letters.push((to.clone(), letter));
                    if mood == Mood::Forgets {
                        return Ok(());
                    }
                    "250 taken"
                }
                "QUIT" => "221 bye",
                _ => "250 OK",
            };
            writer.write_all(format!("{answer}\r\n").as_bytes())?;
        }
    }
}
