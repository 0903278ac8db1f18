import { trainingStep } from './training-step.js'

export default trainingStep({ net: 'googlenet-torchvision', size: 112, batch: 32 })
