use super::Case;

#[test]
fn the_example_file_is_right_and_means_the_defaults() {
    let example = include_str!("../../../../../frontdesk.example.toml");
    Case::new().file("frontdesk.toml", example).config();
    // Every line that is commented out is right as well; of the two calendars there can be one.
    for without in ["[caldav]", "[google_calendar]"] {
        uncommented(example, without);
    }
}

fn uncommented(example: &str, without: &str) {
    let mut section = "";
    let mut lines = Vec::new();
    for line in example.lines() {
        if line.starts_with('[') {
            section = line;
        }
        let google = section == "[google_calendar]" || line.starts_with("#: calendar = \"clinic@");
        let left = section == without || (google && without == "[google_calendar]");
        lines.push(line.strip_prefix("#: ").filter(|_| !left).unwrap_or(line));
    }
    let key = include_str!("../../../../../fixtures/google-calendar/service-account.json");
    let uncommented =
        lines.join("\n").replace("\nservice_account = \"ewogICJ0eXBl…\"", &format!("\nservice_account = '''{key}'''"));
    Case::new()
        .file("frontdesk.toml", &uncommented)
        .file("greeting.wav", "samples!")
        .file("hold.wav", "samples!")
        .file("goodbye.wav", "samples!")
        .file("ca.pem", include_str!("../../../../../fixtures/email/ca.pem"))
        .file(
            "clinic.toml",
            &include_str!("../../../../../fixtures/flows/confirm.toml")
                .replace("name = \"confirm\"", "name = \"clinic\""),
        )
        .file("es.ftl", "goodbye = Adiós\n")
        .config();
}

#[test]
fn the_example_env_file_is_right() {
    Case::new().file(".env", include_str!("../../../../../.env.example")).config();
}
