// What disturbs workers, for `faults.js` and `training-faults.js`: processes that are killed, a network that is cut, a
// disk that is full.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

export const has = program =>
  (process.env.PATH ?? '').split(':').some(folder => existsSync(join(folder, program)))
export const isRoot = process.getuid?.() === 0

export const alive = child => child.exitCode === null && child.signalCode === null

/** @returns {number[]} */
export const childrenOf = pid => {
  try {
    return execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(Number)
  } catch {
    return []
  }
}

export const endAll = children =>
  Promise.all(
    children.filter(alive).map(child => {
      const gone = new Promise(done => child.on('exit', done))
      child.kill('SIGKILL')
      return gone
    }),
  )

/** Words before a command line whose clock is to be off. */
export const clockOff = time => ['faketime', '--exclude-monotonic', '-f', time]

/**
 * Gives `act` a network of its own: the address of this side, the words that start a program on the other one, and what
 * cuts the connection. @returns why there is none, where it cannot be made
 */
export async function overNetwork(act) {
  if (!has('ip') || !isRoot) return 'skipped: needs root and ip'
  const name = `gh${process.pid}`.slice(0, 12)
  const ip = (...words) => execFileSync('ip', words, { stdio: 'pipe' })
  try {
    ip('netns', 'add', name)
    ip('link', 'add', `${name}a`, 'type', 'veth', 'peer', 'name', `${name}b`, 'netns', name)
    ip('addr', 'add', '10.213.7.1/24', 'dev', `${name}a`)
    ip('link', 'set', `${name}a`, 'up')
    ip('-n', name, 'addr', 'add', '10.213.7.2/24', 'dev', `${name}b`)
    ip('-n', name, 'link', 'set', `${name}b`, 'up')
  } catch (error) {
    return `skipped: ${String(error.message).split('\n')[0]}`
  }
  try {
    const cut = async milliseconds => {
      ip('link', 'set', `${name}a`, 'down')
      await setTimeout(milliseconds)
      ip('link', 'set', `${name}a`, 'up')
    }
    return await act({ host: '10.213.7.1', before: ['ip', 'netns', 'exec', name], cut })
  } finally {
    ip('netns', 'del', name)
  }
}

/** Gives `act` a folder on a disk of its own, and what fills it and makes room again. */
export async function onSmallDisk(size, act) {
  if (!isRoot) return 'skipped: needs root, to mount a small disk'
  const folder = mkdtempSync(join(tmpdir(), 'glasshouse-full-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder])
  const filler = join(folder, 'filler')
  const fill = () => {
    try {
      writeFileSync(filler, Buffer.alloc(size))
    } catch {
      // It is full now.
    }
  }
  try {
    return await act({ folder, fill, makeRoom: () => rmSync(filler) })
  } finally {
    execFileSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs the faults whose names hold one of the words, and prints what each counts. */
export async function runFaults(faults, asked) {
  for (const [name, make] of Object.entries(faults)) {
    if (asked.length && !asked.some(word => name.includes(word))) continue
    const started = performance.now()
    const found = await make()
    const seconds = Math.round((performance.now() - started) / 1000)
    const counts = Object.entries(found).map(([key, value]) => `${key} ${value}`)
    console.log(
      typeof found === 'string' ? `${name}: ${found}` : `${name}: ${counts.join(', ')}; ${seconds} s`,
    )
  }
}
