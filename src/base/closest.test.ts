import { expect, test } from 'vitest'
import { closestNames, likelyMeant, meantBy } from './closest.ts'

const layers = ['stem.conv', 'stem', 'stage1.unit1', 'stage1', 'stage2.unit1', 'stage2', 'pool', 'logits']

test('a misspelt name is answered with the likeliest, a part of names with those that contain it', () => {
  expect(closestNames('layer2', layers, 1)).toEqual(['stage2'])
  expect(closestNames('stage2', layers, 2)).toEqual(['stage2', 'stage2.unit1'])
  expect(closestNames('unit1', layers, 2)).toEqual(['stage1.unit1', 'stage2.unit1'])
  expect(closestNames('resnet19', ['small', 'resnet18', 'googlenet'], 1)).toEqual(['resnet18'])
})

test('what can have been meant differs in few letters, or in its spelling alone', () => {
  const methods = ['cam', 'grad-cam', 'integrated-gradients']
  expect(likelyMeant('gradcam', methods)).toEqual(['grad-cam'])
  expect(likelyMeant('Grad_CAM', methods)).toEqual(['grad-cam'])
  expect(likelyMeant('integratd-gradients', methods)).toEqual(['integrated-gradients'])
  expect(likelyMeant('occlusion', methods)).toEqual([])
  expect(meantBy('minig', ['margin', 'mining'])).toBe('Did you mean mining?')
  expect(meantBy('occlusion', methods)).toBeUndefined()
})
