import { trainingStep } from './training-step.js'

export default trainingStep({ net: 'resnet50', size: 128, batch: 32 })
