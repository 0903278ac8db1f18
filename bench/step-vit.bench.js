import { trainingStep } from './training-step.js'

export default trainingStep({ net: 'vit_small_patch16_224', size: 224, batch: 16 })
