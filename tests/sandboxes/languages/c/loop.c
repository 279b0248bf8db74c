int main(void) {
    volatile unsigned long steps = 0;
    for (;;) steps++;
}
