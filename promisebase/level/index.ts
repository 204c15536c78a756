import { createMemoryBackend } from '../backend-memory.ts'
import type { Backend } from '../interface.ts'

export async function openLevelBackend(_folder: string): Promise<Backend> {
  return createMemoryBackend()
}
