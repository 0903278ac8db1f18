import { expect, test } from 'vitest'
import { closestNames } from './closest.ts'

const layers = ['stem.conv', 'stem', 'stage1.unit1', 'stage1', 'stage2.unit1', 'stage2', 'pool', 'logits']

test('a misspelt name is answered with the likeliest, a part of names with those that contain it', () => {
  expect(closestNames('layer2', layers, 1)).toEqual(['stage2'])
  expect(closestNames('stage2', layers, 2)).toEqual(['stage2', 'stage2.unit1'])
  expect(closestNames('unit1', layers, 2)).toEqual(['stage1.unit1', 'stage2.unit1'])
  expect(closestNames('resnet19', ['small', 'resnet18', 'googlenet'], 1)).toEqual(['resnet18'])
})
