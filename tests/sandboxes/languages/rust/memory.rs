fn main() {
    let mut kept = Vec::new();
    loop {
        kept.push(vec![7u8; 1 << 22]);
    }
}
