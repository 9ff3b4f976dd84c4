//! Faults of accessibility, as axe-core finds them. The script is put into the page by the browser's driver: the product
//! neither ships nor serves it. Its licence (MPL-2.0) lies beside it.

use crate::driver::Page;
use serde_json::Value;

const AXE: &str = include_str!("axe/axe.min.js");

/// What axe-core calls serious or critical, each with the elements it is about.
pub(crate) async fn faults(page: &Page<'_>) -> Vec<String> {
    let look = format!(
        "{AXE};
        return axe.run(document, {{ resultTypes: ['violations'] }}).then((found) => found.violations
            .filter((fault) => fault.impact === 'serious' || fault.impact === 'critical')
            .map((fault) => fault.id + ': ' + fault.nodes.map((node) => node.html + ' ' + node.any.map((any) => any.message)).join('; ')))"
    );
    let found = page.run(&look).await;
    let found = found.as_array().expect("axe gives a list");
    found.iter().map(|fault| fault.as_str().map_or_else(|| Value::to_string(fault), str::to_owned)).collect()
}
