#include <iostream>
#include <vector>

int main() {
    std::cerr << "about to fail" << std::endl;
    volatile int *nowhere = nullptr;
    return *nowhere;
}
