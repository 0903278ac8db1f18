import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { glasshouse } from './command-line.ts'

async function manifest(...words: string[]) {
  const ended = await glasshouse('worker', '--manifest', 'kubernetes', ...words)
  return { ...ended, read: () => parse(ended.stdout) }
}

const container = (read: { spec: { template: { spec: { containers: Record<string, unknown>[] } } } }) =>
  read.spec.template.spec.containers[0]

describe('a manifest for Kubernetes', () => {
  it('is a Deployment whose queue comes from a secret, with what its pods need', async () => {
    process.env.GLASSHOUSE_QUEUE = 'redis://:open-sesame@queue:6379'
    const { code, stdout, read } = await manifest(
      ...[
        '--image',
        'lab/glasshouse:1',
        '--folder',
        '/shared',
        '--pods',
        '8',
        '--cpus',
        '4',
        '--memory',
        '8Gi',
      ],
    )
    expect(code).toBe(0)
    expect(stdout).not.toContain('open-sesame')
    expect(read()).toMatchObject({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      spec: { replicas: 8, selector: { matchLabels: { app: 'glasshouse-worker' } } },
    })
    expect(read().spec.template.metadata.labels).toEqual(read().spec.selector.matchLabels)
    expect(container(read())).toMatchObject({
      image: 'lab/glasshouse:1',
      command: ['glasshouse', 'worker', '--folder', '/shared', '--parallel', '1', '--lease', '30'],
      env: [
        { name: 'GLASSHOUSE_QUEUE', valueFrom: { secretKeyRef: { name: 'glasshouse-queue', key: 'url' } } },
      ],
      resources: { requests: { cpu: '4', memory: '8Gi' }, limits: { memory: '8Gi' } },
      volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
    })
    expect(read().spec.template.spec.volumes[0].name).toBe('shared')
  })

  it('is a Job where the workers are to end', async () => {
    const { read } = await manifest(
      '--image',
      'lab/glasshouse',
      '--folder',
      '/shared',
      '--once',
      '--idle',
      '60',
    )
    expect(read()).toMatchObject({ apiVersion: 'batch/v1', kind: 'Job', spec: { parallelism: 1 } })
    expect(read().spec.template.spec.restartPolicy).toBe('OnFailure')
    expect(container(read()).command).toEqual(expect.arrayContaining(['--once', '--idle', '60']))
  })

  it('holds names as they are given', async () => {
    const odd = 'lab/x: "y"\n#z'
    const { read } = await manifest('--image', odd, '--folder', '/a b: #c')
    expect(container(read())).toMatchObject({ image: odd, volumeMounts: [{ mountPath: '/a b: #c' }] })
  })

  it('is refused where something is missing or would have no effect', async () => {
    expect((await manifest('--folder', '/shared')).stderr).toContain('--image')
    expect((await manifest('--image', 'a', '--folder', 'shared')).stderr).toContain('absolute')
    expect((await manifest('--image', 'a', '--folder', '/a', '--units', '/a')).stderr).toContain('no effect')
    // Its pods have the address from a secret.
    const { stderr } = await manifest('--image', 'a', '--folder', '/a', '--queue', 'redis://:open-sesame@h')
    expect(stderr).toMatch(/--queue.*no effect/)
    expect(stderr).not.toContain('open-sesame')
  })
})
