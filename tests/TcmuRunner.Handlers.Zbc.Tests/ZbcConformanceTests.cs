// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.Io;
using TcmuRunner.TestKit.Conformance;

namespace TcmuRunner.Handlers.Zbc.Tests;

/// <summary>The contract of handlers, on a disk where the kit may write anywhere: one without sequential zones.</summary>
public sealed class ZbcConformanceTests
{
    public static TheoryData<string> Rules => [.. HandlerConformance.Rules];

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task The_contract_is_kept(string rule)
    {
        ConformanceResult result = await HandlerConformance.CheckAsync(rule, new Subject());

        Assert.True(result.Outcome == ConformanceOutcome.Kept || result.Detail.StartsWith("The device does not promise", StringComparison.Ordinal), result.Detail);
    }

    private sealed class Subject : ConformanceSubject
    {
        private readonly TemporaryDirectory _directory = new();
        private readonly IoLoop _loop = IoLoop.Start(new IoLoopOptions { Name = "conformance" }, NullLogger.Instance);

        public override string Configuration => $"zbc/type-NON_ZONED/zsize-1@{_directory.PathOf("disk.img")}";

        public override string OtherConfiguration => $"zbc/type-NON_ZONED/zsize-1@{_directory.PathOf("other.img")}";

        public override IReadOnlyList<string> InvalidConfigurations => ["zbc/", "zbc/relative", "zbc/model-XX@/a", "zbc//srv/", "zbc//a;direct"];

        public override IReadOnlyList<string> UnopenableConfigurations =>
        [
            $"zbc/{_directory.PathOf("no/such/directory/disk.img")}",
            $"zbc/{_directory.Root}",
            "zbc//dev/null",
            "zbc//dev/tcmu-no-such-device",
            $"zbc/zsize-1/conv-100@{_directory.PathOf("impossible.img")}",
        ];

        public override IAsyncFileSystem Files { get; } = new AsyncFileSystem();

        public override IoLoop? Loop => _loop;

        public override IHandler CreateHandler() => new ZbcHandler();

        public override string DescribeSurroundings() =>
            string.Join(' ', new DirectoryInfo(_directory.Root).GetFileSystemInfos().Select(entry => entry.Name).Order());

        public override async ValueTask DisposeAsync()
        {
            await _loop.DisposeAsync();
            _directory.Dispose();
            await base.DisposeAsync();
        }
    }
}
