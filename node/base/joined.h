// Lists of names, as replies and settings write them: "n1,n2".
#pragma once

#include <string>
#include <vector>

namespace node {

inline std::string joined(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ",") + name;
  return list;
}

}  // namespace node
