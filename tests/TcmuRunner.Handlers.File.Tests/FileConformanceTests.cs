// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.TestKit.Conformance;

namespace TcmuRunner.Handlers.File.Tests;

/// <summary>The file handler keeps the contract on real files, whatever the loop and the block size.</summary>
public sealed class FileConformanceTests
{
    // Rules may pass over what the device does not promise, and over nothing else.
    private static readonly string[] s_notPromised =
    [
        "The device does not promise CompareAndWrite.",
        "The device does not promise RawCommands.",
    ];

    public static TheoryData<string> Rules => [.. HandlerConformance.Rules];

    [Theory]
    [MemberData(nameof(Rules))]
    public Task On_the_loop_of_this_kernel(string rule) => CheckAsync(rule, FileSubject.OnLoop(forceEpoll: false));

    [Theory]
    [MemberData(nameof(Rules))]
    public Task On_an_epoll_loop(string rule) => CheckAsync(rule, FileSubject.OnLoop(forceEpoll: true));

    [Theory]
    [MemberData(nameof(Rules))]
    public Task With_large_blocks(string rule) => CheckAsync(rule, FileSubject.OnLoop(forceEpoll: false, blockSizeBytes: 4096));

    [Theory]
    [MemberData(nameof(Rules))]
    public Task Past_the_page_cache(string rule) => CheckAsync(rule, FileSubject.OnLoop(forceEpoll: false, options: ";direct"));

    [Theory]
    [MemberData(nameof(Rules))]
    public Task Without_a_loop(string rule) => CheckAsync(rule, FileSubject.WithoutLoop());

    private static async Task CheckAsync(string rule, FileSubject subject)
    {
        ConformanceResult result = await HandlerConformance.CheckAsync(rule, subject);

        Assert.True(result.Outcome == ConformanceOutcome.Kept || s_notPromised.Contains(result.Detail), result.Detail);
    }
}
