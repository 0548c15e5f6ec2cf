// SPDX-License-Identifier: Apache-2.0
// One after the other: a test may kill the cluster's daemons, and another one counts what the process allocates.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: AssemblyFixture(typeof(TcmuRunner.Cluster.Tests.CephCluster))]
[assembly: AssemblyFixture(typeof(TcmuRunner.Cluster.Tests.GlusterVolume))]
