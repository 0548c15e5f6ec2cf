// SPDX-License-Identifier: Apache-2.0
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace TcmuRunner.Metrics;

/// <summary>Serves the numbers as a page <c>/metrics</c>, by Kestrel.</summary>
internal sealed class MetricsPage : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly string? _socketPath;

    private MetricsPage(WebApplication application, string? socketPath) => (_application, _socketPath) = (application, socketPath);

    /// <summary>Listens.</summary>
    /// <exception cref="DaemonException">The address or path is taken, or may not be used.</exception>
    internal static async Task<MetricsPage> StartAsync(MetricsOptions options, OpenMetricsText text, CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore();
        string place = options.SocketPath is { } path ? $"unix:{path}" : $"{options.Listen}";
        builder.WebHost.ConfigureKestrel(server => Configure(server, options));
        WebApplication application = builder.Build();
        application.Run(context => AnswerAsync(context, text));
        try
        {
            RemoveStaleSocket(options.SocketPath);
            await application.StartAsync(cancellationToken).ConfigureAwait(false);
            if (options.SocketPath is { } socket)
            {
                // Root and its group: the names of disks are nobody else's business.
                File.SetUnixFileMode(socket, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or UnauthorizedAccessException)
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw new DaemonException(DaemonErrorKind.MetricsUnavailable, $"The numbers cannot be served at {place} (metrics_listen): {exception.Message}");
        }

        return new MetricsPage(application, options.SocketPath);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync().ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
        RemoveStaleSocket(_socketPath);
    }

    private static void Configure(KestrelServerOptions server, MetricsOptions options)
    {
        server.AddServerHeader = false;
        server.Limits.MaxRequestBodySize = 0;
        server.Limits.MaxConcurrentConnections = 16;
        if (options.SocketPath is { } path)
        {
            server.ListenUnixSocket(path);
        }
        else
        {
            server.Listen(options.Listen!);
        }
    }

    private static async Task AnswerAsync(HttpContext context, OpenMetricsText text)
    {
        if (context.Request.Path != "/metrics")
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            await context.Response.WriteAsync("The numbers are at /metrics.\n", context.RequestAborted).ConfigureAwait(false);
        }
        else if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        }
        else
        {
            context.Response.ContentType = OpenMetricsText.ContentType;
            await context.Response.WriteAsync(text.Collect(), context.RequestAborted).ConfigureAwait(false);
        }
    }

    // A daemon that was killed leaves its socket behind, on which nobody can listen again.
    private static void RemoveStaleSocket(string? path)
    {
        if (path is not null && File.Exists(path) && (File.GetAttributes(path) & (FileAttributes.Directory | FileAttributes.ReparsePoint)) == 0 && new FileInfo(path).Length == 0)
        {
            File.Delete(path);
        }
    }
}
