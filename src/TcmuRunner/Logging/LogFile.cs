// SPDX-License-Identifier: Apache-2.0
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace TcmuRunner.Logging;

/// <summary>The log file while it is open under one name.</summary>
internal sealed class LogFile : IDisposable
{
    /// <summary>The file's name in its folder; logrotate's configuration names it too.</summary>
    internal const string FileName = "tcmu-runner.log";

    private const UnixFileMode FileMode0600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly Logger _writer;

    private LogFile(Logger writer) => _writer = writer;

    /// <summary>Opens the log of a folder, making both where they are missing.</summary>
    /// <param name="directory">The folder; made with mode 0755.</param>
    /// <param name="formatter">Writes the lines.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    internal static LogFile Open(string directory, ITextFormatter formatter)
    {
        // The default mode of a new folder is 0777 and the umask of a service 0022, which makes 0755.
        Directory.CreateDirectory(directory);
        string path = Path.Combine(directory, FileName);

        // The sink would make the file readable for everybody, and would keep to itself that it can't write.
        new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            UnixCreateMode = FileMode0600,
        }).Dispose();
        return new LogFile(new LoggerConfiguration()
            .MinimumLevel.Verbose()
            .WriteTo.File(formatter, path, fileSizeLimitBytes: null)
            .CreateLogger());
    }

    /// <summary>Appends an event.</summary>
    internal void Write(LogEvent logEvent) => _writer.Write(logEvent);

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();
}
