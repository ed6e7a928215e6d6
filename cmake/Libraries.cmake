# Libraries from Debian 12, each as one target. Folders name exactly those that they use: the layers of the
# architecture are visible in the link lines.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(libevent REQUIRED IMPORTED_TARGET libevent)
pkg_check_modules(libevent_pthreads REQUIRED IMPORTED_TARGET libevent_pthreads)
pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET hiredis)
pkg_check_modules(lmdb REQUIRED IMPORTED_TARGET lmdb)
