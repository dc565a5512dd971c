# SPDX-License-Identifier: Apache-2.0
# The two kinds of code in taglogin and how each is compiled and linked.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

set(TAGLOGIN_SANITIZE "" CACHE STRING "sanitizers for all but the loadable modules, e.g. address,undefined")
set(TAGLOGIN_LIBEXECDIR ${CMAKE_INSTALL_FULL_LIBEXECDIR}/taglogin)

set(warnings -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wformat=2 -Werror)

# What every target is compiled with.
add_library(taglogin_common INTERFACE)
target_compile_features(taglogin_common INTERFACE cxx_std_20)
target_compile_options(taglogin_common INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:${warnings}>
  -fstack-protector-strong -fstack-clash-protection
  $<$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},x86_64>:-fcf-protection=full>
  -ftrivial-auto-var-init=zero
  $<$<AND:$<COMPILE_LANG_AND_ID:CXX,Clang>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,16>>:-enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang>
  $<$<CONFIG:Release,RelWithDebInfo>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3>)
target_include_directories(taglogin_common INTERFACE ${PROJECT_SOURCE_DIR})
target_link_options(taglogin_common INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
if(TAGLOGIN_SANITIZE)
  # Instrumented code confuses g++ 12's -Wuninitialized; the release build has it.
  target_compile_options(taglogin_common INTERFACE -fsanitize=${TAGLOGIN_SANITIZE} -fno-sanitize-recover=all
                         -fno-omit-frame-pointer
                         $<$<CXX_COMPILER_ID:GNU>:-Wno-uninitialized> $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(taglogin_common INTERFACE -fsanitize=${TAGLOGIN_SANITIZE})
endif()

# Ordinary code: the daemon, the cli and their libraries.
add_library(taglogin_full INTERFACE)
target_link_libraries(taglogin_full INTERFACE taglogin_common)
target_compile_definitions(taglogin_full INTERFACE _GLIBCXX_ASSERTIONS)

# Thin code: what is loaded into other people's processes. Needs libc alone: no exceptions, no RTTI,
# no static constructors, no C++ library (its assertions live there, so they are off).
add_library(taglogin_thin INTERFACE)
target_link_libraries(taglogin_thin INTERFACE taglogin_common)
target_compile_options(taglogin_thin INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-asynchronous-unwind-tables>
  -fvisibility=hidden -U_GLIBCXX_ASSERTIONS)

# taglogin_library(NAME KIND SOURCES...): one room's static library; KIND is full or thin.
function(taglogin_library name kind)
  add_library(${name} STATIC ${ARGN})
  # PRIVATE: how a library is compiled is its own affair; the daemon links thin code and keeps its exceptions.
  target_link_libraries(${name} PUBLIC taglogin_common PRIVATE taglogin_${kind})
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_EXTENSIONS OFF)
endfunction()

# taglogin_program(NAME KIND SOURCES...)
function(taglogin_program name kind)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE taglogin_${kind})
  target_link_options(${name} PRIVATE -pie)
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_EXTENSIONS OFF)
endfunction()

# taglogin_module(NAME MAP SOURCES...): a loadable module that exports what MAP says and needs libc
# (and what the caller links) alone. Linked by the C driver, so that libstdc++ can not slip in.
function(taglogin_module name map)
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE taglogin_thin)
  target_link_options(${name} PRIVATE -Wl,--version-script=${map} -Wl,--exclude-libs,ALL -Wl,-z,defs
                      -Wl,-z,nodelete)
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE C PREFIX "" CXX_EXTENSIONS OFF LINK_DEPENDS ${map})
endfunction()

# taglogin_test(NAME LIBRARIES... SOURCES sources...): one GoogleTest program, one CTest entry.
function(taglogin_test name)
  cmake_parse_arguments(PARSE_ARGV 1 test "" "" "SOURCES;LIBRARIES")
  find_package(GTest REQUIRED)
  add_executable(${name} ${test_SOURCES})
  target_link_libraries(${name} PRIVATE taglogin_full ${test_LIBRARIES} GTest::gmock GTest::gtest_main)
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF)
  add_test(NAME ${name} COMMAND ${name})
endfunction()

# taglogin_fuzz_target(NAME MAX_LEN bytes LIBRARIES... [SOURCES sources...]): tests/fuzz/NAME.cc. With libFuzzer
# (preset fuzz) a test with the label `fuzz` that runs it for a while; in any other build a test that replays
# its seeds and old findings.
function(taglogin_fuzz_target name)
  cmake_parse_arguments(PARSE_ARGV 1 fuzz "" "MAX_LEN" "SOURCES;LIBRARIES")
  set(program fuzz_${name})
  set(folder ${PROJECT_SOURCE_DIR}/tests/fuzz)
  add_executable(${program} ${folder}/${name}.cc ${fuzz_SOURCES})
  target_link_libraries(${program} PRIVATE taglogin_full ${fuzz_LIBRARIES})
  set_target_properties(${program} PROPERTIES CXX_EXTENSIONS OFF)
  if(TAGLOGIN_SANITIZE MATCHES fuzzer-no-link)
    target_link_options(${program} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzz_targets ${program})
    add_test(NAME fuzz_${name} COMMAND ${folder}/run.sh $<TARGET_FILE:${program}> ${name} ${fuzz_MAX_LEN})
    set_tests_properties(fuzz_${name} PROPERTIES LABELS fuzz TIMEOUT 3600 WORKING_DIRECTORY ${PROJECT_BINARY_DIR})
  else()
    target_link_libraries(${program} PRIVATE taglogin_fuzz_replay)
    add_test(NAME fuzz_${name} COMMAND ${program} ${folder}/corpus/${name} ${folder}/regressions/${name})
  endif()
endfunction()
