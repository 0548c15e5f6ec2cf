// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.TestKit.Conformance;

namespace TcmuRunner.Abstractions.Tests.Conformance;

/// <summary>The template handler keeps the contract.</summary>
public sealed class MemoryConformanceTests
{
    // Rules may pass over what the device does not promise, and over nothing else.
    private static readonly string[] s_notPromised =
    [
        "The device does not promise CompareAndWrite.",
        "The device does not promise Extents.",
        "The device does not promise Flush.",
        "The device does not promise ForceUnitAccess.",
        "The device does not promise RawCommands.",
        "The device does not promise Reconfigure.",
        "The device does not promise Resize.",
        "The device does not promise WriteSame.",
        "The data are gone when the device is closed.",
        "The subject names no configuration that cannot be opened.",
    ];

    public static TheoryData<string> Rules => [.. HandlerConformance.Rules];

    [Theory]
    [MemberData(nameof(Rules))]
    public Task The_memory_handler_keeps_the_contract(string rule) => CheckAsync(rule, 512);

    [Theory]
    [MemberData(nameof(Rules))]
    public Task The_memory_handler_keeps_the_contract_with_large_blocks(string rule) => CheckAsync(rule, 4096);

    private static async Task CheckAsync(string rule, int blockSizeBytes)
    {
        ConformanceResult result = await HandlerConformance.CheckAsync(rule, new MemorySubject(blockSizeBytes));

        Assert.True(result.Outcome == ConformanceOutcome.Kept || s_notPromised.Contains(result.Detail), result.Detail);
    }
}
