import { expect, test } from 'vitest'
import { joined, mapConcurrently } from './concurrent.ts'

const pause = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds))

test('no more than the limit is in flight, and the results keep their order', async () => {
  let inFlight = 0
  let most = 0
  const results = await mapConcurrently([5, 1, 3, 1, 2], 2, async item => {
    most = Math.max(most, ++inFlight)
    await pause(item)
    inFlight--
    return item * 10
  })
  expect(results).toEqual([50, 10, 30, 10, 20])
  expect(most).toBe(2)
})

test('after a failure nothing is begun, and what was begun has ended', async () => {
  const ended: number[] = []
  const work = mapConcurrently([1, 2, 3, 4], 2, async item => {
    if (item === 1) throw new Error('one failed')
    await pause(5)
    ended.push(item)
  })
  await expect(work).rejects.toThrow('one failed')
  expect(ended).toEqual([2])
})

test('work of one key that is under way is joined, and done once more afterwards', async () => {
  const begin = joined<number>()
  let begun = 0
  const work = async () => {
    const number = ++begun
    await pause(1)
    return number
  }
  expect(await Promise.all([begin('a', work), begin('a', work), begin('b', work)])).toEqual([1, 1, 2])
  expect(await begin('a', work)).toBe(3)
  const failing = () => Promise.reject(new Error('no'))
  await expect(begin('a', failing)).rejects.toThrow('no')
  expect(await begin('a', work)).toBe(4)
})
