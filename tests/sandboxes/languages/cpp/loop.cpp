int main() {
    volatile unsigned long steps = 0;
    for (;;) steps = steps + 1;
}
