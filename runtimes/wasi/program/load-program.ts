/** From the arguments of a call to a program that can run: read, its inputs loaded and laid out. */
import { fuelOfInputs, loadInputs } from './inputs.ts'
import { layOut } from './mounts.ts'
import { readRequest } from './request.ts'
import type { Result, RunCancel, RuntimeCall } from '../../../kernel/index.ts'
import type { InputRoom } from './input-room.ts'
import type { LoadedProgram } from './open-program.ts'

export async function loadProgram(
  call: RuntimeCall,
  room: InputRoom,
  cancel: RunCancel,
): Promise<Result<LoadedProgram>> {
  const request = readRequest(call.input)
  if (request.refused !== undefined) return request
  const loaded = await loadInputs(call, request.ok.files, room, cancel)
  if (loaded.refused !== undefined) return loaded
  const mounts = layOut(loaded.ok, request.ok)
  if (mounts.refused !== undefined) return mounts
  return { ok: { request: request.ok, mounts: mounts.ok, fuel: fuelOfInputs(loaded.ok) } }
}
