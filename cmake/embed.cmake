# SPDX-License-Identifier: Apache-2.0
# Files of a page in a program: what the scripts that write them as C++ share.

# bytes(<out> <file>): the file as initialisers of a char array, <out>_size of them.
function(bytes out file)
  file(READ ${file} hex HEX)
  string(LENGTH "${hex}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "................................" "\\0\n" hex "${hex}") # 16 bytes a line
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," hex "${hex}")
  set(${out} "${hex}" PARENT_SCOPE)
  set(${out}_size ${size} PARENT_SCOPE)
endfunction()

# base64(<out> <hex>): 64 hexadecimal digits (a SHA-256) in base64.
function(base64 out hex)
  set(alphabet "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  set(text "")
  string(APPEND hex "0000") # pads 32 bytes to 34, so that every group of six bits is whole
  foreach(group RANGE 0 60 6)
    string(SUBSTRING ${hex} ${group} 6 three)
    foreach(shift 18 12 6 0)
      math(EXPR index "(0x${three} >> ${shift}) & 63")
      string(SUBSTRING ${alphabet} ${index} 1 letter)
      string(APPEND text ${letter})
    endforeach()
  endforeach()
  string(SUBSTRING ${text} 0 43 text)
  set(${out} "${text}=" PARENT_SCOPE)
endfunction()
