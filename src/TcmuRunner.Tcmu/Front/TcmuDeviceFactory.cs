// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;
using TcmuRunner.Scsi;

namespace TcmuRunner.Tcmu.Front;

/// <summary>Opens real devices: a logical unit over the handler's device, and the ring of <c>/dev/uioN</c>.</summary>
internal sealed class TcmuDeviceFactory(
    TcmuFrontOptions frontOptions, IHandlerCatalog catalog, IAsyncFileSystem files, ILoggerFactory loggerFactory, TimeProvider timeProvider)
    : ITcmuDeviceFactory
{
    public async Task<ITcmuDevice> OpenAsync(TcmuDeviceRequest request, CancellationToken cancellationToken)
    {
        ILogger logger = loggerFactory.CreateLogger($"TcmuRunner.Tcmu.{request.Name}");
        var options = new LogicalUnitOptions
        {
            Name = request.Name,
            Configuration = request.Configuration,
            BlockSizeBytes = request.BlockSizeBytes,
            SizeBytes = request.SizeBytes,
            FollowSize = request.FollowSize,
            MaximumTransferBlocks = request.MaximumTransferBlocks,
            WriteCache = request.WriteCache,
            IsReopen = request.IsReopen,
            Environment = request.Environment,
            Monitor = frontOptions.Monitors?.Get(request.Name),
        };
        LogicalUnit unit = await LogicalUnit.OpenAsync(catalog, files, options, logger, cancellationToken).ConfigureAwait(false);
        return new OpenTcmuDevice(request, unit, frontOptions, logger, timeProvider);
    }
}
