//! What an agent may do in a live conversation, in the vendor's two writings of a client tool.

use frontdesk_core::tools::{Described, Tool};
use serde_json::{Map, Value, json};

/// How long the agent waits for an answer, in seconds: longer than any of them takes.
const PATIENCE: u32 = 20;

/// Every tool as the dashboard writes it (Tools, Add tool, Client, Edit as JSON), to be pasted one by one. Its parameters
/// are a list there.
/// <https://elevenlabs.io/docs/eleven-agents/customization/tools/client-tools>
#[must_use]
pub fn tools() -> Vec<Value> {
    let parameters = |tool: &Described| {
        let entry = |(name, it): (&str, &Value)| {
            json!({
                "id": name, "type": it["type"], "description": it["description"], "required": tool.needs(name),
                "value_type": "llm_prompt", "dynamic_variable": "", "constant_value": "",
            })
        };
        Value::from(each(tool).map(entry).collect::<Vec<_>>())
    };
    Tool::catalogue().iter().map(|tool| written(tool, &parameters(tool))).collect()
}

/// Every tool as the body of a request that adds it to the workspace, with its parameters as a schema.
/// <https://elevenlabs.io/docs/api-reference/tools/create>
#[must_use]
pub fn tool_requests() -> Vec<Value> {
    let parameters = |tool: &Described| {
        let properties: Map<_, _> = each(tool).map(|(name, it)| (name.to_owned(), it.clone())).collect();
        if properties.is_empty() {
            return Value::Null;
        }
        json!({ "type": "object", "properties": properties, "required": tool.parameters["required"] })
    };
    Tool::catalogue().iter().map(|tool| json!({ "tool_config": written(tool, &parameters(tool)) })).collect()
}

fn each(tool: &Described) -> impl Iterator<Item = (&str, &Value)> {
    tool.takes().into_iter().map(|name| (name, &tool.parameters["properties"][name]))
}

/// It is waited for: an agent that goes on without the answer never learns what came of what it wanted.
fn written(tool: &Described, parameters: &Value) -> Value {
    json!({
        "type": "client", "name": tool.name, "description": tool.description, "expects_response": true,
        "response_timeout_secs": PATIENCE, "parameters": parameters,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_that_is_answered_is_written_in_both_ways_and_waited_for() {
        let (pasted, sent) = (tools(), tool_requests());
        assert_eq!((pasted.len(), sent.len()), (Tool::catalogue().len(), Tool::catalogue().len()));
        for ((tool, pasted), sent) in Tool::catalogue().iter().zip(&pasted).zip(&sent) {
            for written in [pasted, &sent["tool_config"]] {
                assert_eq!((&written["type"], &written["name"]), (&json!("client"), &json!(tool.name)));
                assert_eq!(written["expects_response"], true, "{}", tool.name);
            }
            let listed = pasted["parameters"].as_array().unwrap();
            let names: Vec<_> = listed.iter().map(|it| it["id"].as_str().unwrap()).collect();
            assert_eq!(names, tool.takes());
            for it in listed {
                let name = it["id"].as_str().unwrap();
                let schema = &sent["tool_config"]["parameters"];
                assert_eq!(schema["properties"][name]["description"], it["description"]);
                let needed = schema["required"].as_array().unwrap().contains(&json!(name));
                assert_eq!(it["required"], needed, "{name}");
            }
        }
    }

    #[test]
    fn the_schema_has_no_members_but_the_vendors() {
        let takes = json!(["type", "properties", "required"]);
        for tool in tool_requests() {
            let schema = tool["tool_config"]["parameters"].as_object().cloned().unwrap_or_default();
            assert!(schema.keys().all(|name| takes.as_array().unwrap().contains(&json!(name))), "{schema:?}");
        }
    }
}
