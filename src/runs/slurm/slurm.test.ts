/** What can be known without a cluster: the script, the file about the cluster, and what Slurm's programs print. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { GlasshouseError } from '../../base/errors.ts'
import { readCluster, withFlags } from './cluster.ts'
import { endsIn, isPassing, secondsIn, secondsLeft, submitScript } from './commands.node.ts'
import { arrayOf, batchScript, type Jobs } from './script.ts'

const cluster = (fields: object) => readCluster(JSON.stringify(fields), 'cluster.json')
const jobs: Jobs = {
  name: 'glasshouse-1',
  folder: '/shared/rates',
  folders: ['/shared/rates', '/shared/data'],
  threads: 2,
  count: 200,
  atOnce: 20,
  program: ['node', 'glasshouse.js'],
}

describe('the batch script', () => {
  it('says all that Slurm needs to know, and what becomes of the work', () => {
    const script = batchScript(
      jobs,
      cluster({
        partition: 'gpu',
        time: '4:00:00',
        gpus: 'a100:1',
        modules: ['nodejs/22'],
        prologue: ['umask 002'],
      }),
    )
    for (const line of [
      '#SBATCH --array=0-199%20',
      '#SBATCH --partition=gpu',
      '#SBATCH --time=4:00:00',
      '#SBATCH --gpus=a100:1',
      '#SBATCH --cpus-per-task=2',
      '#SBATCH --signal=B:TERM@120',
      '#SBATCH --requeue',
      'module load nodejs/22',
      'umask 002',
      'exec node glasshouse.js worker --units /shared/rates --folder /shared/rates --folder /shared/data',
    ])
      expect(script.split('\n')).toContain(line)
    expect(script.startsWith('#!/bin/bash')).toBe(true)
  })

  it('names files as they are, whatever is in their names', () => {
    const out = mkdtempSync(join(tmpdir(), 'glasshouse-script-'))
    const name = "/a folder/it's $HOME `id` %j"
    const script = batchScript(
      { ...jobs, folder: name, folders: [], program: ['printf', '%s\\n'] },
      cluster({}),
    )
    expect(script).toContain('#SBATCH --chdir="/a folder/it\'s $HOME `id` %j"')
    expect(script).toContain('%%j/units/logs')
    writeFileSync(join(out, 'job.sh'), script)
    expect(execFileSync('bash', [join(out, 'job.sh')], { encoding: 'utf8' }).split('\n')).toContain(name)
  })

  it('never has more tasks than units, than the cluster takes, or more at once than asked for', () => {
    expect(arrayOf(7, undefined, 1000)).toEqual({ count: 7, atOnce: 7 })
    expect(arrayOf(7, 3, 1000)).toEqual({ count: 7, atOnce: 3 })
    expect(arrayOf(20_000, 50, 1000)).toEqual({ count: 1000, atOnce: 50 })
    expect(batchScript({ ...jobs, count: 1, atOnce: 1 }, cluster({}))).toContain('#SBATCH --array=0-0\n')
  })
})

describe('cluster.json', () => {
  it.each([
    ['{', 'no JSON'],
    ['{"partitoin": "cpu"}', 'Did you mean partition?'],
    ['{"time": "four hours"}', 'time: not a time'],
    ['{"partition": "cpu\\n#SBATCH --uid=0"}', 'partition: not the name of a partition'],
    ['{"prologue": ["a\\nb"]}', 'prologue.0: not one line'],
    ['{"cpus": "8"}', 'cpus'],
  ])('%s is refused with what is wrong', (text, said) => {
    expect(() => readCluster(text, 'cluster.json')).toThrow(said)
    expect(() => readCluster(text, 'cluster.json')).toThrow(expect.objectContaining({ code: 'bad-cluster' }))
  })

  it('gives way to what was given by itself, which is checked as well', () => {
    expect(withFlags(cluster({ partition: 'cpu', memory: '1G' }), { partition: 'gpu' })).toMatchObject({
      partition: 'gpu',
      memory: '1G',
    })
    expect(() => withFlags(cluster({}), { time: 'long' })).toThrow(
      expect.objectContaining({ code: 'option-value', path: ['options', 'time'] }),
    )
  })
})

describe('what Slurm says', () => {
  it('is read: the time that is left', async () => {
    expect(secondsIn('1-02:03:04\n')).toBe(93_784)
    expect(secondsIn('59:30')).toBe(3570)
    for (const none of ['UNLIMITED', 'NOT_SET', '', 'INVALID']) expect(secondsIn(none)).toBeUndefined()
    expect(await secondsLeft({})).toBeUndefined()
  })

  it('is either passing or stays wrong', () => {
    const said = (got: string) => new GlasshouseError({ code: 'slurm-refused', what: 'sbatch failed', got })
    for (const passing of [
      'Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user’s size and/or time limits)',
      'QOSMaxSubmitJobPerUserLimit',
      'QOSMaxSubmitJobPerUserLimit; Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user’s size and/or time limits)',
      'Unable to contact slurm controller (connect failure)',
      'Batch job submission failed: Socket timed out on send/recv operation',
    ])
      expect(isPassing(said(passing)), passing).toBe(true)
    for (const staying of [
      'Invalid partition name specified',
      'Requested time limit is invalid',
      'QOSMaxWallDurationPerJobLimit; Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user’s size and/or time limits)',
      'QOSMaxCpuPerJobLimit; Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user’s size and/or time limits)',
      'Memory specification can not be satisfied',
    ])
      expect(isPassing(said(staying)), staying).toBe(false)
  })

  it('is read: how jobs have ended', () => {
    // As sacct of Slurm 22.05 prints it.
    expect(endsIn('COMPLETED\nTIMEOUT\nCANCELLED by 0\nTIMEOUT\nRUNNING\n')).toEqual([
      '1 COMPLETED',
      '2 TIMEOUT',
      '1 CANCELLED',
    ])
    expect(endsIn('')).toEqual([])
  })

  it.each([
    ['Batch job submission failed: Invalid partition name specified', /sinfo lists the partitions/],
    ['CPU count per node can not be satisfied', /--threads/],
    ['QOSMaxWallDurationPerJobLimit', /shorter --time/],
    ['QOSMaxMemoryPerJob: MaxMemPerJobLimit', /less memory/],
    [
      'Batch job submission failed: Invalid account or account/partition combination specified',
      /Name an account/,
    ],
  ])('comes with what to do: %s', async (said, hint) => {
    const folder = mkdtempSync(join(tmpdir(), 'glasshouse-sbatch-'))
    writeFileSync(join(folder, 'sbatch'), `#!/bin/sh\necho 'sbatch: error: ${said}' >&2\nexit 1\n`, {
      mode: 0o755,
    })
    process.env.PATH = `${folder}:${process.env.PATH}`
    await expect(submitScript('job.sh')).rejects.toMatchObject({
      got: said,
      hint: expect.stringMatching(hint),
    })
  })

  it('needs Slurm to be there', async () => {
    process.env.PATH = mkdtempSync(join(tmpdir(), 'glasshouse-nothing-'))
    await expect(submitScript('job.sh')).rejects.toMatchObject({ code: 'slurm-missing', fault: 'user' })
  })
})
