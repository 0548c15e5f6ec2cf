// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace TcmuRunner.Io;

/// <summary>Messages of this assembly: 500 to 599.</summary>
internal static partial class Log
{
    [LoggerMessage(500, LogLevel.Debug, "Loop {Loop} runs on {Mechanism}")]
    internal static partial void LoopStarted(ILogger logger, string loop, string mechanism);

    [LoggerMessage(501, LogLevel.Information, "Loop {Loop} uses epoll and a worker pool: {Reason}")]
    internal static partial void UringUnavailable(ILogger logger, string loop, string reason);

    [LoggerMessage(502, LogLevel.Error, "Loop {Loop}: a source failed and is no longer served")]
    internal static partial void SourceFailed(ILogger logger, Exception exception, string loop);

    [LoggerMessage(503, LogLevel.Error, "Loop {Loop}: a source's failure handler failed itself")]
    internal static partial void FailureHandlerFailed(ILogger logger, Exception exception, string loop);

    [LoggerMessage(504, LogLevel.Error, "Loop {Loop}: posted work threw")]
    internal static partial void PostedWorkThrew(ILogger logger, Exception exception, string loop);

    [LoggerMessage(505, LogLevel.Error, "Loop {Loop}: the continuation of a file operation threw")]
    internal static partial void ContinuationThrew(ILogger logger, Exception exception, string loop);

    [LoggerMessage(506, LogLevel.Critical, "Loop {Loop} has failed; its sources are no longer served")]
    internal static partial void LoopFailed(ILogger logger, Exception exception, string loop);
}
