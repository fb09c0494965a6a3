//! The picture of the README is what the program draws today.

#[path = "../../examples/picture/scene.rs"]
mod scene;

#[test]
fn the_committed_picture_is_fresh() {
    let committed = include_str!("../../assets/till.svg").replace("\r\n", "\n");
    assert!(
        committed == scene::svg().unwrap(),
        "assets/till.svg is old: cargo run --example picture"
    );
}
