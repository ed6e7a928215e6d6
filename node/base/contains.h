// Whether a short list has an element: preference lists are a handful of nodes.
#pragma once

#include <algorithm>
#include <vector>

namespace node {

template <typename T>
bool contains(const std::vector<T>& list, const T& element) {
  return std::find(list.begin(), list.end(), element) != list.end();
}

}  // namespace node
