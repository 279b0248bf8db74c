#include <cstdio>

int main() {
    for (;;) puts("again and again and again and again and again");
}
