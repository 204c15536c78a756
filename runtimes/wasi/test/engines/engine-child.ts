/** Reads jobs and prints, as one line of JSON, which node this is and what it makes of them. */
import { readFileSync } from 'node:fs'

import { answerAll } from './answer.ts'
import type { Job } from './job.ts'

const STDIN = 0
const jobs = JSON.parse(readFileSync(STDIN, 'utf8')) as Job[]
process.stdout.write(JSON.stringify({ version: process.version, lines: await answerAll(jobs) }))
