import { afterEach, describe, expect, it } from 'vitest'
import { pathOfRun, runOfPath, studio } from '../../studio/studio.ts'
import { state } from './fake-server.ts'

afterEach(() => {
  studio.value = undefined
})

describe('a run by its name and by its path', () => {
  it.each([
    ['below the folder', '/home/ada', '/home/ada/runs', 'runs/sweep/lr-1'],
    ['elsewhere', '/home/ada', '/mnt/runs', '/mnt/runs/sweep/lr-1'],
  ])('%s', (_, folder, runs, path) => {
    studio.value = { ...state, folder, runs }
    expect(pathOfRun('sweep/lr-1')).toBe(path)
    for (const more of ['', '@3', '@3:test']) expect(runOfPath(path + more)).toBe('sweep/lr-1')
    expect(runOfPath(`${runs}/sweep/lr-1@3`)).toBe('sweep/lr-1')
  })

  it('what is no run has no name', () => {
    studio.value = state
    for (const path of ['resnet18', 'models/it.onnx', 'runs', '/home/ada/runs-of-old/a', '/elsewhere/runs/a'])
      expect(runOfPath(path)).toBeUndefined()
    studio.value = undefined
    expect(runOfPath('runs/a')).toBeUndefined()
  })
})
