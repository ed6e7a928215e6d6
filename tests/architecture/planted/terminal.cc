#include <cstdio>
#include <iostream>

namespace planted {
void old_style() { std::puts("here I am"); }
void stream() { std::cerr << "here I am\n"; }
}  // namespace planted
