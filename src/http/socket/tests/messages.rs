use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::message::{ClientMessage, Label, read};

proptest! {
    #[test]
    fn any_text_is_read_or_refused_without_repeating_it(text in ".{0,200}") {
        if let Err(close) = read(&text) {
            prop_assert_eq!(close.code(), 4400);
            prop_assert!(close.frame().reason.len() <= 123);
        }
    }

    #[test]
    fn an_operation_is_read_as_it_was_written(
        id in ".{1,30}",
        query in ".{0,60}",
        name in proptest::option::of(".{0,10}"),
    ) {
        let text = json!({
            "type": "subscribe", "id": id, "payload": {"query": query, "operationName": name},
        })
        .to_string();
        match read(&text) {
            Ok(ClientMessage::Subscribe { id: read_id, request }) => {
                prop_assert_eq!(read_id, id);
                prop_assert_eq!(request.query, query);
                prop_assert_eq!(request.operation_name, name);
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn a_spliced_message_is_the_same_json_as_a_built_one(id in ".{1,30}", value in ".{0,60}") {
        let payload = json!({"data": {"v": value}});
        let label = Label::new(id.clone());
        let text = payload.to_string();
        let sent: Value = serde_json::from_str(&label.next(&text)).expect("is JSON");
        prop_assert_eq!(sent, json!({"id": id, "type": "next", "payload": payload}));
        let sent: Value = serde_json::from_str(&label.error(&text)).expect("is JSON");
        prop_assert_eq!(sent, json!({"id": id, "type": "error", "payload": payload}));
        let sent: Value = serde_json::from_str(&label.complete()).expect("is JSON");
        prop_assert_eq!(sent, json!({"id": id, "type": "complete"}));
    }
}
