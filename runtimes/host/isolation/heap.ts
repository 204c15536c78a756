/** Heap of JavaScript within a lane; guests have their memory besides, as much as they are granted. */
export const HEAP_MIB = 128

/**
 * What a process of a lane may hold in all: its heap, memories that are kept for the next runs, files of a program, what is
 * on its way, and the engine. Far above what it takes: a guest must never be the first to feel it.
 */
export const PROCESS_MIB = 1_024
