/** Heap of JavaScript within a lane; guests have their memory besides, as much as they are granted. */
export const HEAP_MIB = 128
