// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.TestKit.Conformance;

namespace TcmuRunner.Cluster.Tests;

/// <summary>The rbd handler keeps the contract on a real cluster.</summary>
public sealed class RbdConformanceTests(CephCluster cluster)
{
    // Rules may pass over what the device does not promise, and over nothing else. Allocations are counted in RbdAllocationTests.
    private static readonly string[] s_notPromised =
    [
        "The device does not promise RawCommands.",

        // Before Quincy librbd compares sectors of 512 bytes only.
        "The device does not promise CompareAndWrite.",
        "Operations complete on threads of the backing store's own, where others allocate too.",
    ];

    public static TheoryData<string> Rules => [.. HandlerConformance.Rules];

    [Theory]
    [MemberData(nameof(Rules))]
    public Task Called_from_a_loop(string rule) => CheckAsync(rule, new RbdSubject(cluster, hasLoop: true));

    [Theory]
    [MemberData(nameof(Rules))]
    public Task With_large_blocks_small_stripes_and_a_shared_connection(string rule) => CheckAsync(
        rule,
        new RbdSubject(cluster, hasLoop: false, 4096, ";share", "--object-size", "64K", "--stripe-unit", "16K", "--stripe-count", "3"));

    private static async Task CheckAsync(string rule, RbdSubject subject)
    {
        ConformanceResult result = await HandlerConformance.CheckAsync(rule, subject);

        Assert.True(result.Outcome == ConformanceOutcome.Kept || s_notPromised.Contains(result.Detail), result.Detail);
    }
}
