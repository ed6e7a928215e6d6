// Hashes that are the same in every build and on every machine.
#pragma once

#include <cstdint>
#include <string_view>

namespace node {

// CRC16 (XMODEM), as Redis Cluster uses it to map keys to slots.
uint16_t crc16(std::string_view bytes);

// 64 bits of xxHash: digests of records, positions of virtual nodes.
uint64_t hash64(std::string_view bytes, uint64_t seed = 0);

}  // namespace node
