import { inferenceRate } from './rate.js'

export default inferenceRate({ net: 'resnet18' })
