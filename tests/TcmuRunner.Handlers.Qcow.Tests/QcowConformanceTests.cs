// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.TestKit.Conformance;

namespace TcmuRunner.Handlers.Qcow.Tests;

/// <summary>The qcow handler keeps the contract, whatever the loop, the block size and the image.</summary>
public sealed class QcowConformanceTests
{
    private static readonly string[] s_notPromised =
    [
        "The device does not promise CompareAndWrite.",
        "The device does not promise RawCommands.",

        // Without a loop, what is not in the page cache is read and written by worker threads.
        "Operations complete on threads of the backing store's own, where others allocate too.",
    ];

    public static TheoryData<string> Rules => [.. HandlerConformance.Rules];

    [Theory]
    [MemberData(nameof(Rules))]
    public Task On_the_loop_of_this_kernel(string rule) => CheckAsync(rule, new QcowSubject("uring", "qcow2", string.Empty));

    [Theory]
    [MemberData(nameof(Rules))]
    public Task On_an_epoll_loop_with_small_clusters(string rule) => CheckAsync(rule, new QcowSubject("epoll", "qcow2", "cluster_size=4096"));

    [Theory]
    [MemberData(nameof(Rules))]
    public Task With_large_blocks_and_subclusters(string rule) =>
        CheckAsync(rule, new QcowSubject("uring", "qcow2", "extended_l2=on", blockSizeBytes: 4096));

    [Theory]
    [MemberData(nameof(Rules))]
    public Task Without_a_loop_in_version_2(string rule) => CheckAsync(rule, new QcowSubject("none", "qcow2", "compat=0.10"));

    [Theory]
    [MemberData(nameof(Rules))]
    public Task On_a_raw_image(string rule) => CheckAsync(rule, new QcowSubject("uring", "raw", string.Empty));

    private static async Task CheckAsync(string rule, QcowSubject subject)
    {
        ConformanceResult result = await HandlerConformance.CheckAsync(rule, subject);

        Assert.True(result.Outcome == ConformanceOutcome.Kept || s_notPromised.Contains(result.Detail), result.Detail);
    }
}
