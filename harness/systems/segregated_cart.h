// A segregated cart: each item of it is a cart of its own, under the key {CART}:ITEM. The braces, a hash tag, keep all
// of them in one slot, on the same nodes. The history knows the cart alone.
#pragma once

#include <string>
#include <string_view>

#include "checkers/history.h"

namespace harness {

std::string item_key(std::string_view cart, std::string_view item);

// Replaces the records, and the hints, of items by those of their carts: what one node holds of a cart, or keeps of it
// for one other node, becomes one record. Records of other keys stay as they are.
void gather_carts(checkers::Dump& dump);

}  // namespace harness
