package linux

import "unsafe"

// NativeEndian reads numbers as the machine stores them, like that of encoding/binary.
var NativeEndian nativeEndian

type nativeEndian struct{}

func (nativeEndian) Uint16(b []byte) uint16 { return *(*uint16)(unsafe.Pointer((*[2]byte)(b))) }
func (nativeEndian) Uint32(b []byte) uint32 { return *(*uint32)(unsafe.Pointer((*[4]byte)(b))) }
func (nativeEndian) Uint64(b []byte) uint64 { return *(*uint64)(unsafe.Pointer((*[8]byte)(b))) }
