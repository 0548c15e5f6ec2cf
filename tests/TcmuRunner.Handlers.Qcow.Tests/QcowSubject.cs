// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.Io;
using TcmuRunner.TestKit.Conformance;

namespace TcmuRunner.Handlers.Qcow.Tests;

/// <summary>The qcow handler on images that qemu-img made.</summary>
internal sealed class QcowSubject : ConformanceSubject
{
    private readonly TemporaryDirectory _directory = new();
    private readonly IoLoop? _loop;
    private readonly int _blockSizeBytes;
    private readonly string _options;

    /// <param name="loop">Which loop: "uring", "epoll", or "none" for calls from any thread.</param>
    /// <param name="format">"qcow2" or "raw".</param>
    /// <param name="imageOptions">Options for qemu-img create.</param>
    /// <param name="blockSizeBytes">Logical block size.</param>
    /// <param name="options">Options of the configuration string.</param>
    public QcowSubject(string loop, string format, string imageOptions, int blockSizeBytes = 512, string options = "")
    {
        _loop = loop == "none" ? null : IoLoop.Start(new IoLoopOptions { Name = "conformance", ForceEpoll = loop == "epoll" }, NullLogger.Instance);
        _blockSizeBytes = blockSizeBytes;
        _options = options;
        foreach (string name in new[] { "disk", "other" })
        {
            string size = SizeBytes.ToString(CultureInfo.InvariantCulture);
            string[] extra = imageOptions.Length == 0 ? [] : ["-o", imageOptions];
            QemuImg.Run(["create", "-q", "-f", format, .. extra, _directory.PathOf(name), size]);
        }
    }

    public override string Configuration => $"qcow/{_directory.PathOf("disk")}{_options}";

    public override string OtherConfiguration => $"qcow/{_directory.PathOf("other")}{_options}";

    public override IReadOnlyList<string> InvalidConfigurations =>
    [
        "qcow/", "qcow/relative", "qcow//srv/", "qcow//a;unknown", "qcow//a;ro=yes", "qcow//a;format=vmdk", "qcow//a;cache=0", "qcow//a;cache=many",
        "qcow//a;snapshot", "qcow//a;secret=relative",
    ];

    public override IReadOnlyList<string> UnopenableConfigurations =>
    [
        $"qcow/{_directory.PathOf("missing.qcow2")}",
        $"qcow/{_directory.Root}",
        $"qcow/{_directory.PathOf("disk")};snapshot=none",
        $"qcow/{_directory.PathOf("disk")};format=qcow",
        "qcow//dev/null",
    ];

    public override int BlockSizeBytes => _blockSizeBytes;

    public override IAsyncFileSystem Files { get; } = new AsyncFileSystem();

    public override IoLoop? Loop => _loop;

    public override IHandler CreateHandler() => new QcowHandler();

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
