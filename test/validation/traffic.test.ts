import { destinationRules, gateways, serviceEntries, sidecars, workloads } from './rows/traffic';
import { rows } from './support';

describe('DestinationRules', () => rows(destinationRules));
describe('Gateways', () => rows(gateways));
describe('ServiceEntries', () => rows(serviceEntries));
describe('Sidecars', () => rows(sidecars));
describe('workloads and proxies', () => rows(workloads));
