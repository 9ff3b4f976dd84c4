# Shows the recipes.
default:
    @just --list

# Everything the checks on a change do; installs what it needs.
check:
    bash .ci/run

# Every test; what needs an absent server is named as skipped.
test *args:
    cargo test --workspace {{args}}

# Formats the source.
fmt:
    cargo fmt --all

# Formatting, clippy and documentation, warnings as errors.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps
    if command -v cargo-deny >/dev/null; then cargo deny check; fi

# Runs the gateway: without configuration on the sandbox, http://127.0.0.1:8080.
run *args:
    cargo run --release -- serve {{args}}

# The main job with scripted customers, without any account.
demo *args:
    cargo run --release -- demo {{args}}

# Webhooks a second with a durable commit, against a bare handler and a floor.
bench *args:
    cargo bench -p frontdesk-gateway --bench webhooks {{args}}

# What live audio costs, against a relay that only cuts and pastes: processor, round trips, memory, frames lost.
bench-bridge *args:
    ulimit -n 8192 && cargo bench -p frontdesk-bridge --bench bridge -- {{args}}

# What figures cost at a million captured calls, against ten thousand.
figures calls="1000000":
    FIGURES_CALLS={{calls}} cargo bench -p frontdesk-gateway --bench figures

# Ten minutes of key presses at seven tenths of the most: nothing lost, no growth, every alert told once.
soak seconds="600":
    SOAK_SECONDS={{seconds}} cargo bench -p frontdesk-gateway --bench soak

# Kills the release binary under load, at random and between a call and its answer, and counts what was lost or doubled.
crash kills="50":
    cargo build --release
    FRONTDESK_TEST_KILLS={{kills}} FRONTDESK_TEST_BINARY="$(realpath "${CARGO_TARGET_DIR:-target}")/release/gateway" \
        cargo test --workspace --test crash -- --nocapture --test-threads=1

# Opens the embedded database.
db file="data/frontdesk.db":
    sqlite3 {{file}}
