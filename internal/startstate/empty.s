// This file lets the compiler accept rawSyscall6, a function without a body, on
// machines for which there is no other assembly here.
