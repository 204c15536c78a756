/**
 * Judges this library by the vector sets of others, those in the vectors folder (`vector-sets.ts`): what `run-sets.ts`
 * does, in a process that has loaded it already.
 */
import { openSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

import { SET_ADAPTERS } from './sets/index.ts'
import { runSet } from './sets/run-set.ts'
import { messageOf } from './sets/set.ts'
import { printSets } from './sets/table.ts'
import { findVectorSets, openVectorSet, vectorsFolder } from './vector-sets.ts'
import type { Says } from './run-vectors.ts'
import type { Patience, SetRun } from './sets/run-set.ts'

const USAGE = 'usage: run-sets [--json FILE] [--set NAME]… [--slow]'

interface Wanted {
  readonly sets: readonly string[]
  /** Open for writing already: nobody should learn after minutes that the file cannot be written. */
  readonly json: number | undefined
  readonly patience: Patience
}

/** 0 when no verdict is wrong, 1 when one is, 2 when it was called in a wrong way or finds no set. */
export async function judgeSets(words: readonly string[], says: Says): Promise<number> {
  const wanted = readArguments(words)
  if (typeof wanted !== 'string') return run(wanted, says)
  says.error(`${wanted}\n${USAGE}`)
  return 2
}

async function run({ sets, json, patience }: Wanted, says: Says): Promise<number> {
  const runs: SetRun[] = []
  for (const name of sets) runs.push(await runOne(name, patience))
  printSets(runs, says)
  const reports = runs.map(({ report }) => report)
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ sets: reports }, undefined, 2)}\n`)
  return reports.some(({ wrong }) => wrong > 0) ? 1 : 0
}

async function runOne(name: string, patience: Patience): Promise<SetRun> {
  const files = openVectorSet(name)
  if (files.skipped !== undefined) throw new Error(files.skipped)
  return runSet(name, files, SET_ADAPTERS.get(name), patience)
}

/** What was asked for, or what is wrong with how it was asked. */
function readArguments(args: readonly string[]): Wanted | string {
  try {
    const options = {
      json: { type: 'string' },
      set: { type: 'string', multiple: true },
      slow: { type: 'boolean', default: false },
    } as const
    const { json, set, slow } = parseArgs({ args: [...args], options }).values
    const sets = chooseSets(set)
    if (typeof sets === 'string') return sets
    const patience = slow ? 'minutes' : 'seconds'
    return { sets, patience, json: json === undefined ? undefined : openForWriting(json) }
  } catch (error) {
    return messageOf(error)
  }
}

function chooseSets(named: readonly string[] | undefined): readonly string[] | string {
  const found = findVectorSets()
  const place = vectorsFolder()
  if (found === undefined || found.length === 0)
    return `no vector sets at ${place}: set PROMISEGRID_VECTORS to a folder that has some`
  const absent = named?.find((name) => !found.includes(name))
  if (absent !== undefined) return `no set ${JSON.stringify(absent)} at ${place}`
  return named ?? found
}

/** Relative to where npm was called, not to the package it changed to. */
function openForWriting(file: string): number {
  return openSync(resolve(process.env['INIT_CWD'] ?? '.', file), 'w')
}
