// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.TestKit.Conformance;

namespace TcmuRunner.Cluster.Tests;

/// <summary>The glfs handler keeps the contract on a real volume.</summary>
public sealed class GlfsConformanceTests(GlusterVolume volume)
{
    private static readonly string[] s_notPromised =
    [
        "The device does not promise RawCommands.",
        "The device does not promise CompareAndWrite.",
        "The device does not promise ForceUnitAccess.",

        // Counted in GlfsTests, whatever the thread.
        "Operations complete on threads of the backing store's own, where others allocate too.",
    ];

    public static TheoryData<string> Rules => [.. HandlerConformance.Rules];

    [Theory]
    [MemberData(nameof(Rules))]
    public Task Called_from_a_loop(string rule) => CheckAsync(rule, new GlfsSubject(volume, hasLoop: true));

    [Theory]
    [MemberData(nameof(Rules))]
    public Task With_large_blocks(string rule) => CheckAsync(rule, new GlfsSubject(volume, hasLoop: false, 4096));

    private static async Task CheckAsync(string rule, GlfsSubject subject)
    {
        ConformanceResult result = await HandlerConformance.CheckAsync(rule, subject);

        Assert.True(result.Outcome == ConformanceOutcome.Kept || s_notPromised.Contains(result.Detail), result.Detail);
    }
}
