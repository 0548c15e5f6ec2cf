// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.Io;
using TcmuRunner.TestKit.Conformance;

namespace TcmuRunner.Handlers.File.Tests;

/// <summary>The file handler on real files, called from a loop of either mechanism or from any thread.</summary>
internal sealed class FileSubject : ConformanceSubject
{
    private readonly TemporaryDirectory _directory = new();
    private readonly IoLoop? _loop;
    private readonly int _blockSizeBytes;
    private readonly string _options;

    private FileSubject(IoLoop? loop, int blockSizeBytes, string options)
    {
        _loop = loop;
        _blockSizeBytes = blockSizeBytes;
        _options = options;
    }

    public override string Configuration => $"file/{_directory.PathOf("disk.img")}{_options}";

    public override string OtherConfiguration => $"file/{_directory.PathOf("other.img")}{_options}";

    public override IReadOnlyList<string> InvalidConfigurations =>
        ["file/", "file/relative", "file//srv/", "file//a;unknown", "file//a;direct=yes", "file//a;ro;create"];

    public override IReadOnlyList<string> UnopenableConfigurations =>
    [
        $"file/{_directory.PathOf("no/such/directory/disk.img")}",
        $"file/{_directory.PathOf("missing.img")};ro",
        $"file/{_directory.Root}",
        "file//dev/null",
        "file//dev/tcmu-no-such-device",
    ];

    public override int BlockSizeBytes => _blockSizeBytes;

    public override IAsyncFileSystem Files { get; } = new AsyncFileSystem();

    public override IoLoop? Loop => _loop;

    public static FileSubject OnLoop(bool forceEpoll, int blockSizeBytes = 512, string options = "") =>
        new(IoLoop.Start(new IoLoopOptions { Name = "conformance", ForceEpoll = forceEpoll }, NullLogger.Instance), blockSizeBytes, options);

    public static FileSubject WithoutLoop() => new(null, 512, string.Empty);

    public override IHandler CreateHandler() => new FileHandler();

    public override string DescribeSurroundings() =>
        string.Join(' ', new DirectoryInfo(_directory.Root).GetFileSystemInfos().Select(entry => entry.Name).Order());

    public override async ValueTask DisposeAsync()
    {
        if (_loop is not null)
        {
            await _loop.DisposeAsync();
        }

        _directory.Dispose();
        await base.DisposeAsync();
    }
}
