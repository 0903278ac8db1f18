/**
 * Carries runs out as processes of this machine, one for each: what one of them does, diverging, failing, running out
 * of memory, leaves the others alone.
 */
import { resolve } from 'node:path'
import { isObjectiveFile } from '../../objectives/file.ts'
import { isRunFolder, readRecord } from '../folder.node.ts'
import { runChild } from '../units/child.node.ts'
import type { Runner, RunTask } from './runner.ts'

export const processRunner: Runner = {
  async run(task, work) {
    const { folder } = task
    const { signal } = work
    const { code, complaint } = await runChild(['train', ...wordsOf(task)], signal, undefined, {
      work,
      of: task.name,
    })
    if (code === 0) return { status: 'finished' }
    if (signal.aborted) return { status: 'waiting' }
    const diverged = isRunFolder(folder) && (await readRecord(folder)).status === 'diverged'
    return { status: diverged ? 'diverged' : 'failed', error: complaint.replace(`${folder}: `, '') }
  },
}

function wordsOf({ folder, data, begun, words, options, seed, threads }: RunTask): string[] {
  const { objective } = options
  const resumed = ['--resume', folder, ...(isObjectiveFile(objective) ? ['--objective', objective] : [])]
  const what = begun ? resumed : [resolve(data), ...words, '--seed', String(seed)]
  return [...what, '--threads', String(threads), '--out', folder, '--quiet']
}
